import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { ConversationView } from '../../contract';
import { createHub, indexedDbStore, memoryStore, type HubStatus, type OutboxItem } from '../../hub';
import type { CallsState, ConversationsState, NotificationsState, PresenceState, RecordingsState, RelationshipsState } from '../../state';
import { deviceId } from '../session/device';
import { useSession } from '../session/SessionContext';
import type { Taking } from './calls';
import { useSlice, type Loaded } from './slice';
import { Workspace } from './workspace';

const WorkspaceContext = createContext<Workspace | null>(null);

/** Opens the hub for one person for as long as they are signed in. Nothing of a guest is kept on the device. */
export function WorkspaceProvider({ userId, guest = false, children }: { userId: string; guest?: boolean; children: ReactNode }) {
  const session = useSession();
  const [workspace, setWorkspace] = useState<Workspace | null>(null);

  useEffect(() => {
    const store = guest || typeof indexedDB === 'undefined' ? memoryStore() : indexedDbStore(userId);
    const hub = createHub({ url: location.origin, token: session.token, deviceId: deviceId(), store });
    const next = new Workspace(hub, userId, {
      onAccountChanged: (what) => {
        if (what === 'ended') session.ended();
        else if (what === 'verified') void session.renew().then(next.refresh).catch(() => undefined);
        session.accountChanged();
      },
    }, deviceId(), guest);
    const forget = session.onSignOut(async () => {
      next.drafts.clear();
      await store.clear();
    });
    next.start();
    setWorkspace(next);
    return () => {
      forget();
      next.stop();
    };
  }, [session, userId, guest]);

  return workspace ? <WorkspaceContext.Provider value={workspace}>{children}</WorkspaceContext.Provider> : null;
}

/** For tests: a workspace made elsewhere. */
export const WorkspaceValue = WorkspaceContext.Provider;

export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (!workspace) throw new Error('useWorkspace needs a WorkspaceProvider');
  return workspace;
}

export const useHubStatus = (): HubStatus => useSlice(useWorkspace().status);
export const useOutbox = (): readonly OutboxItem[] => useSlice(useWorkspace().outbox);
export const useConversations = (): Loaded<ConversationsState> => useSlice(useWorkspace().conversations.slice);
export const useNotifications = (): Loaded<NotificationsState> => useSlice(useWorkspace().inbox.slice);
export const useRelationships = (): Loaded<RelationshipsState> => useSlice(useWorkspace().relationships.slice);
export const useCalls = (): CallsState => useSlice(useWorkspace().calls.slice);
export const useTaking = (): Taking | null => useSlice(useWorkspace().calls.taking);
export const useRecordings = (): RecordingsState => useSlice(useWorkspace().recordings.slice);
export const usePresence = (): PresenceState => useSlice(useWorkspace().presence.slice);

export function useConversation(id: string): ConversationView | undefined {
  const loaded = useConversations();
  return loaded.phase === 'ready' ? loaded.value.byId[id] : undefined;
}

/** Messages of others that are not read yet, over all conversations. */
export function useUnreadTotal(): number {
  const loaded = useConversations();
  return useMemo(
    () => (loaded.phase === 'ready' ? Object.values(loaded.value.byId).reduce((sum, conversation) => sum + conversation.unread, 0) : 0),
    [loaded],
  );
}
