import type {
  AccountChanged, AccountDetails, AccountPage, ChangePassword, ChangeRole, ConfirmPasswordReset, CreateAccount, DisableSecondFactor,
  Done, RecoveryCodes, Register, Registered, SearchAccounts, SecondFactorSecret, SecondFactorState, SessionList, SessionsRevoked,
  UpdateAccount,
} from '../../contract';
import { newId } from '../../hub';
import { send } from './rest';
import type { Session } from './session';

/** Before sign-in. */
export const door = {
  register: (form: Omit<Register, 'cid'>) => send<Registered>('POST', '/auth/register', { ...form, cid: newId() }),
  requestReset: (login: string) => send<Done>('POST', '/auth/password-reset/request', { login }),
  confirmReset: (form: ConfirmPasswordReset) => send<Done>('POST', '/auth/password-reset/confirm', form),
};

/** Everything the HTTP door offers a signed-in person, one line each. */
export function accountApi(session: Session) {
  const { call } = session;
  return {
    me: () => call<AccountDetails>('GET', '/me'),
    update: (change: UpdateAccount) => call<AccountDetails>('PATCH', '/me', change),
    changePassword: (form: ChangePassword) => call<Done>('POST', '/me/password', form),
    sessions: () => call<SessionList>('GET', '/me/sessions'),
    revoke: (id: string) => call<Done>('DELETE', `/me/sessions/${id}`),
    revokeOthers: () => call<SessionsRevoked>('DELETE', '/me/sessions'),
    secondFactor: () => call<SecondFactorState>('GET', '/me/second-factor'),
    setUpSecondFactor: (password: string) => call<SecondFactorSecret>('POST', '/me/second-factor/setup', { current_password: password }),
    confirmSecondFactor: (code: string) => call<RecoveryCodes>('POST', '/me/second-factor/confirm', { code }),
    disableSecondFactor: (form: DisableSecondFactor) => call<Done>('POST', '/me/second-factor/disable', form),
  };
}

export type AccountAction = 'verify' | 'disable' | 'enable';

export function adminApi(session: Session) {
  const { call } = session;
  return {
    search: (filter: SearchAccounts) => call<AccountPage>('POST', '/admin/accounts/search', filter),
    create: (form: Omit<CreateAccount, 'cid'>) => call<AccountChanged>('POST', '/admin/accounts', { ...form, cid: newId() }),
    act: (userId: string, action: AccountAction) => call<AccountChanged>('POST', `/admin/accounts/${userId}/${action}`, {}),
    changeRole: (userId: string, form: Omit<ChangeRole, 'user_id'>) => call<AccountChanged>('POST', `/admin/accounts/${userId}/role`, form),
  };
}
