/** Which call this tab is in, so that a reload goes on with it. Kept by the tab alone: another tab is another leg. */
export interface KeptCall {
  readonly callId: string;
  readonly legId: string;
  readonly microphone: boolean;
  readonly camera: boolean;
}

const KEY = 'carewire.call';

export function keptCall(): KeptCall | null {
  try {
    const value = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Partial<KeptCall> | null;
    if (typeof value?.callId !== 'string' || typeof value.legId !== 'string') return null;
    return { callId: value.callId, legId: value.legId, microphone: value.microphone !== false, camera: value.camera === true };
  } catch {
    return null;
  }
}

export function keepCall(call: KeptCall | null): void {
  try {
    if (call === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify(call));
  } catch {
    // Storage is forbidden: after a reload the banner offers to come back.
  }
}
