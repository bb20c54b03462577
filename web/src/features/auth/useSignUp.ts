import { useCallback, useRef, useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { door } from '../../app/session/api';
import { useSession } from '../../app/session/SessionContext';
import { isLanguage } from '../../i18n';
import { useTask } from '../../ui/useTask';
import { EMPTY_FORM, commandOf, problemsOf, type SignUpForm } from './signUpForm';

/** Registers and signs in at once; problems show after the first attempt and then follow the typing. */
export function useSignUp() {
  const { i18n } = useTranslation();
  const session = useSession();
  const [form, setForm] = useState<SignUpForm>(EMPTY_FORM);
  const [tried, setTried] = useState(false);
  const formRef = useRef<HTMLFormElement>(null);

  const work = useCallback(async (filled: SignUpForm) => {
    await door.register(commandOf(filled, isLanguage(i18n.language) ? i18n.language : 'en'));
    const login = filled.email.trim() === '' ? filled.phone : filled.email;
    await session.signIn({ login: login.trim(), password: filled.password, code: null });
  }, [i18n, session]);
  const { run, busy, error } = useTask(work);

  const problems = tried ? problemsOf(form) : {};
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setTried(true);
    const [first] = Object.keys(problemsOf(form));
    if (first === undefined) void run(form);
    else formRef.current?.querySelector<HTMLInputElement>(`[name="${first}"]`)?.focus();
  };
  const set = (name: keyof SignUpForm, value: string) => { setForm((before) => ({ ...before, [name]: value })); };
  return { form, set, problems, submit, busy, error, formRef };
}
