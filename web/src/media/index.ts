export { CallMedia, NO_MEDIA, type MakePath, type MediaView } from './callMedia';
export { DirectPath } from './direct';
export { canShareScreen, LocalMedia, type Device, type DeviceState, type InputKind, type LocalView } from './local';
export { gradeOf, type Grade, type Measure, type QualityReason, type Verdict } from './quality';
export { RelayPath } from './relay';
export { serversOf } from './renewal';
export { play, tryOutput, watchLevel } from './sound';
export type { PartyFlow } from './stats';
export type { MediaWire, Outgoing, Path, PathPlan, Remote, Remotes } from './types';
