import { IconBell, IconMessageCircle, IconMovie, IconSettings, IconShieldCheck, IconUsers, type Icon } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { NavLink, Outlet, useLocation, useMatch } from 'react-router';
import { CallLayer } from '../features/call/CallLayer';
import { count } from '../ui/format';
import { Logo } from '../ui/Logo';
import { ConnectionBanner } from './ConnectionBanner';
import { useSessionState } from './session/SessionContext';
import classes from './Shell.module.css';
import { useNotifications, useUnreadTotal } from './workspace/WorkspaceContext';

/** Who may watch recordings of visits that they were in. */
const WATCHERS = ['patient', 'doctor', 'nurse'];

/** Landmarks of every signed-in page: navigation, the state of the connection, content. */
export function Shell() {
  const { t } = useTranslation();
  const inChat = useMatch('/conversations/:id') !== null;
  const inCall = useMatch('/call/*') !== null;
  const main = useFocusOnNavigation();
  return (
    <div className={classes.shell} data-chat={inChat || undefined} data-call={inCall || undefined}>
      <a href="#content" className="cw-skip">{t('app.skip')}</a>
      <Navigation />
      <div className={classes.body}>
        <ConnectionBanner />
        <CallLayer />
        <main id="content" ref={main} tabIndex={-1} className={classes.main}><Outlet /></main>
      </div>
    </div>
  );
}

function Navigation() {
  const { t } = useTranslation();
  const session = useSessionState();
  const unread = useUnreadTotal();
  const notifications = useNotifications();
  const bell = notifications.phase === 'ready' ? notifications.value.unread : 0;
  const role = session.phase === 'signed_in' ? session.role : session.phase === 'unreached' ? session.person.role : '';
  return (
    <nav className={classes.nav} aria-label={t('nav.label')}>
      <span className={classes.logo} aria-hidden="true"><Logo wordmark={false} size={34} /></span>
      <Item to="/conversations" icon={IconMessageCircle} label={t('nav.chats')} unread={unread} />
      <Item to="/relationships" icon={IconUsers} label={t('nav.people')} />
      <Item to="/notifications" icon={IconBell} label={t('nav.notifications')} unread={bell} />
      {WATCHERS.includes(role) && <Item to="/recordings" icon={IconMovie} label={t('nav.recordings')} />}
      {role === 'admin' && <Item to="/admin" icon={IconShieldCheck} label={t('nav.admin')} />}
      <span className={classes.gap} />
      <Item to="/settings" icon={IconSettings} label={t('nav.settings')} />
    </nav>
  );
}

function Item({ to, icon: Glyph, label, unread = 0 }: { to: string; icon: Icon; label: string; unread?: number }) {
  const { t, i18n } = useTranslation();
  return (
    <NavLink to={to} className={classes.item ?? ''}>
      <span className={classes.glyph} aria-hidden="true">
        <Glyph size={24} stroke={1.7} />
        {unread > 0 && <span className={classes.badge}>{count(unread, i18n.language)}</span>}
      </span>
      <span className={classes.label} aria-hidden={unread > 0}>{label}</span>
      {unread > 0 && <span className="cw-hidden">{t('nav.unread', { label, count: unread })}</span>}
    </NavLink>
  );
}

/** A new page begins at its content: keyboard and screen reader are taken there. */
function useFocusOnNavigation() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const first = useRef(true);
  useEffect(() => {
    if (first.current) first.current = false;
    else if (!main.current?.contains(document.activeElement)) main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return main;
}
