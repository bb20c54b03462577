import { Navigate, Outlet, createBrowserRouter, useLocation } from 'react-router';
import { AdminPage } from '../features/admin/AdminPage';
import { ResetPage } from '../features/auth/ResetPage';
import { SecondFactorSetupPage } from '../features/auth/SecondFactorSetupPage';
import { SignInPage } from '../features/auth/SignInPage';
import { SignUpPage } from '../features/auth/SignUpPage';
import { CallPage } from '../features/call/CallPage';
import { PreCallPage } from '../features/call/PreCallPage';
import { ChatPage } from '../features/chat/ChatPage';
import { ConnectionPage } from '../features/connection/ConnectionPage';
import { ConversationsPage, NoConversation } from '../features/conversations/ConversationsPage';
import { GuestPage } from '../features/guest/GuestPage';
import { NotificationsPage } from '../features/notifications/NotificationsPage';
import { PeoplePage } from '../features/people/PeoplePage';
import { RecordingsPage } from '../features/recordings/RecordingsPage';
import { ReviewPage } from '../features/recordings/ReviewPage';
import { SettingsPage } from '../features/settings/SettingsPage';
import { Crash, Lost, Starting } from './Fallbacks';
import { useSessionState } from './session/SessionContext';
import { Shell } from './Shell';
import { WorkspaceProvider } from './workspace/WorkspaceContext';

/** Where to go after sign-in: back to what was asked for. */
interface From {
  from?: string;
}

function SignedIn() {
  const state = useSessionState();
  const { pathname, search } = useLocation();
  if (state.phase === 'starting') return <Starting />;
  if (state.phase === 'setup') return <SecondFactorSetupPage />;
  if (state.phase === 'signed_out') return <Navigate to="/sign-in" replace state={{ from: pathname + search } satisfies From} />;
  const userId = state.phase === 'signed_in' ? state.userId : state.person.userId;
  return (
    <WorkspaceProvider key={userId} userId={userId}>
      <Shell />
    </WorkspaceProvider>
  );
}

function SignedOut() {
  const { phase } = useSessionState();
  const { state } = useLocation() as { state: From | null };
  if (phase === 'starting') return <Starting />;
  return phase === 'signed_out' ? <Outlet /> : <Navigate to={state?.from ?? '/conversations'} replace />;
}

export const router = createBrowserRouter([
  {
    errorElement: <Crash />,
    children: [
      {
        element: <SignedOut />,
        children: [
          { path: '/sign-in', element: <SignInPage /> },
          { path: '/sign-up', element: <SignUpPage /> },
        ],
      },
      { path: '/reset', element: <ResetPage /> },
      { path: '/guest', element: <GuestPage /> },
      {
        element: <SignedIn />,
        children: [
          { index: true, element: <Navigate to="/conversations" replace /> },
          {
            path: '/conversations',
            element: <ConversationsPage />,
            children: [
              { index: true, element: <NoConversation /> },
              { path: ':conversationId', element: <ChatPage /> },
            ],
          },
          { path: '/call/new/:conversationId', element: <PreCallPage /> },
          { path: '/call/:callId', element: <CallPage /> },
          { path: '/relationships', element: <PeoplePage /> },
          { path: '/notifications', element: <NotificationsPage /> },
          { path: '/recordings', element: <RecordingsPage /> },
          { path: '/recordings/:recordingId', element: <ReviewPage /> },
          { path: '/connection', element: <ConnectionPage /> },
          { path: '/settings/:section?', element: <SettingsPage /> },
          { path: '/profile', element: <Navigate to="/settings/security" replace /> },
          { path: '/admin/:section?', element: <AdminPage /> },
          { path: '*', element: <Lost /> },
        ],
      },
    ],
  },
]);
