import admin from './admin.json';
import auth from './auth.json';
import calls from './calls.json';
import chat from './chat.json';
import common from './common.json';
import connectionTest from './connection.json';
import errors from './errors.json';
import guest from './guest.json';
import notifications from './notifications.json';
import people from './people.json';
import recordings from './recordings.json';
import settings from './settings.json';

export const es = { ...common, admin, auth, calls, chat, connectionTest, errors, guest, notifications, people, recordings, settings };
