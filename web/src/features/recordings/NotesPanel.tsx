import { ActionIcon, Button, Textarea } from '@mantine/core';
import { IconBookmarkPlus, IconPencil, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { BookmarkView } from '../../contract';
import classes from './Review.module.css';
import type { Bookmarks } from './useBookmarks';
import { useClock } from './useRecordingWords';

const NOTE_MAX = 1_000;

interface NotesPanelProps {
  bookmarks: Bookmarks;
  editing: string | null;
  onEdit: (bookmarkId: string | null) => void;
  onAdd: () => void;
  onSeek: (ms: number) => void;
}

/** One's own marks and notes; nobody else sees them. */
export function NotesPanel({ bookmarks, editing, onEdit, onAdd, onSeek }: NotesPanelProps) {
  const { t } = useTranslation();
  return (
    <div className={classes.notes}>
      <Button size="sm" variant="light" leftSection={<IconBookmarkPlus size={18} />} onClick={onAdd}>{t('recordings.control.bookmark')}</Button>
      <p className={classes.small}>{t('recordings.notes.private')}</p>
      {bookmarks.list.length === 0 && <p className={classes.nothing}>{t('recordings.notes.none')}</p>}
      <ul className={classes.noteList} aria-label={t('recordings.panel.notes')}>
        {bookmarks.list.map((bookmark) => (
          <li key={bookmark.bookmark_id} className={classes.note} data-testid="bookmark">
            {editing === bookmark.bookmark_id
              ? <NoteForm bookmark={bookmark} bookmarks={bookmarks} onDone={() => { onEdit(null); }} />
              : <Note bookmark={bookmark} bookmarks={bookmarks} onEdit={() => { onEdit(bookmark.bookmark_id); }} onSeek={onSeek} />}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Note({ bookmark, bookmarks, onEdit, onSeek }: { bookmark: BookmarkView; bookmarks: Bookmarks; onEdit: () => void; onSeek: (ms: number) => void }) {
  const { t } = useTranslation();
  const time = useClock()(bookmark.at_ms);
  return (
    <>
      <button type="button" className={classes.noteBody} onClick={() => { onSeek(bookmark.at_ms); }}>
        <span className={classes.eventTime}>{time}</span>
        <span dir="auto" className={classes.noteText} data-empty={bookmark.note === '' || undefined}>{bookmark.note || t('recordings.event.bookmark')}</span>
      </button>
      <ActionIcon variant="subtle" color="gray" size={36} aria-label={t('recordings.notes.edit', { time })} onClick={onEdit}><IconPencil size={18} /></ActionIcon>
      <ActionIcon variant="subtle" color="gray" size={36} aria-label={t('recordings.notes.remove', { time })} onClick={() => { bookmarks.remove(bookmark); }}><IconTrash size={18} /></ActionIcon>
    </>
  );
}

function NoteForm({ bookmark, bookmarks, onDone }: { bookmark: BookmarkView; bookmarks: Bookmarks; onDone: () => void }) {
  const { t } = useTranslation();
  const time = useClock()(bookmark.at_ms);
  const [note, setNote] = useState(bookmark.note);
  const save = () => {
    if (note.trim() === bookmark.note) onDone();
    else void bookmarks.change(bookmark, note.trim()).then((saved) => { if (saved) onDone(); });
  };
  return (
    <form
      className={classes.noteForm} onSubmit={(event) => { event.preventDefault(); save(); }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onDone();
        if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
          event.preventDefault();
          save();
        }
      }}
    >
      <Textarea autosize minRows={2} maxRows={8} maxLength={NOTE_MAX} autoFocus dir="auto" label={t('recordings.notes.label', { time })} value={note} onChange={(event) => { setNote(event.currentTarget.value); }} />
      <div className={classes.noteButtons}>
        <Button size="compact-md" type="submit">{t('action.save')}</Button>
        <Button size="compact-md" variant="subtle" color="gray" onClick={onDone}>{t('action.cancel')}</Button>
      </div>
    </form>
  );
}
