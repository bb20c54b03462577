import type { Language, Register } from '../../contract';

/** What a person types; turned into the command only when it is whole. */
export interface SignUpForm {
  role: Register['role'];
  name: string;
  email: string;
  phone: string;
  licence: string;
  birth: string;
  password: string;
}

export const EMPTY_FORM: SignUpForm = { role: 'patient', name: '', email: '', phone: '', licence: '', birth: '', password: '' };
export const SIGN_UP_ROLES = ['patient', 'family', 'doctor', 'nurse'] as const satisfies readonly Register['role'][];

const EMAIL = /^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$/;
const PHONE = /^\+[0-9 ().-]{6,23}$/;
export const PASSWORD_MIN = 12;

export function needsLicence(role: string): boolean {
  return role === 'doctor' || role === 'nurse';
}

export type Problem = 'needName' | 'needContact' | 'badEmail' | 'badPhone' | 'needLicence' | 'shortPassword';

export function problemsOf(form: SignUpForm): Partial<Record<keyof SignUpForm, Problem>> {
  const problems: Partial<Record<keyof SignUpForm, Problem>> = {};
  const email = form.email.trim();
  const phone = form.phone.trim();
  if (form.name.trim() === '') problems.name = 'needName';
  if (email === '' && phone === '') problems.email = 'needContact';
  if (email !== '' && !EMAIL.test(email)) problems.email = 'badEmail';
  if (phone !== '' && !PHONE.test(phone)) problems.phone = 'badPhone';
  if (needsLicence(form.role) && form.licence.trim().length < 3) problems.licence = 'needLicence';
  if ([...form.password].length < PASSWORD_MIN) problems.password = 'shortPassword';
  return problems;
}

export function commandOf(form: SignUpForm, language: Language): Omit<Register, 'cid'> {
  const text = (value: string) => (value.trim() === '' ? null : value.trim());
  return {
    role: form.role,
    name: form.name.trim(),
    password: form.password,
    email: text(form.email),
    phone: text(form.phone),
    licence_number: needsLicence(form.role) ? text(form.licence) : null,
    date_of_birth: text(form.birth),
    language,
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}
