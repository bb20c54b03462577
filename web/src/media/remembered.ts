/** Which devices were chosen last on this browser; an empty id leaves the choice to the system. */
export interface ChosenDevices {
  readonly microphone: string;
  readonly camera: string;
  readonly speaker: string;
}

const KEY = 'carewire.devices';
const NONE: ChosenDevices = { microphone: '', camera: '', speaker: '' };

export function rememberedDevices(): ChosenDevices {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    if (typeof value !== 'object' || value === null) return NONE;
    const of = (name: keyof ChosenDevices): string => {
      const id: unknown = (value as Record<string, unknown>)[name];
      return typeof id === 'string' ? id : '';
    };
    return { microphone: of('microphone'), camera: of('camera'), speaker: of('speaker') };
  } catch {
    return NONE; // Storage is forbidden: the system's choice each time.
  }
}

export function rememberDevices(chosen: ChosenDevices): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(chosen));
  } catch {
    // See `rememberedDevices`.
  }
}
