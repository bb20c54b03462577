import { useLocation } from 'react-router';
import { ResetConfirmPage } from './ResetConfirmPage';
import { ResetRequestPage } from './ResetRequestPage';

/** With the one-time link, choose a new password; without it, ask for one. The token stands behind `#`: it is never sent to a server. */
export function ResetPage() {
  const token = new URLSearchParams(useLocation().hash.replace(/^#/, '')).get('token');
  return token === null ? <ResetRequestPage /> : <ResetConfirmPage token={token} />;
}
