import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconArrowForwardUp, IconLink, IconMicrophoneOff, IconUserMinus, IconUserPlus } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSessionState } from '../../app/session/SessionContext';
import { useWorkspace } from '../../app/workspace/WorkspaceContext';
import type { CallView, ConversationView, PartyView, PersonView } from '../../contract';
import { partyOf, seatedParties } from '../../state';
import { PersonAvatar } from '../../ui/PersonAvatar';
import { SidePanel } from '../chat/SidePanel';
import classes from './CallRoom.module.css';
import { GuestLinkModal } from './GuestLinkModal';
import { TakeOutModal } from './TakeOutModal';
import type { RoomActions } from './useRoomActions';

interface PeoplePanelProps {
  call: CallView;
  conversation: ConversationView | undefined;
  room: RoomActions;
}

/** Who is in the call, who waits, and whom one can bring in. */
export function PeoplePanel({ call, conversation, room }: PeoplePanelProps) {
  const { t } = useTranslation();
  const { calls, me } = useWorkspace();
  const session = useSessionState();
  const [guest, setGuest] = useState(false);
  const [out, setOut] = useState<PartyView | null>(null);
  const id = call.call_id;
  const waiting = call.parties.filter((party) => party.state === 'waiting');
  const rung = call.parties.filter((party) => party.state === 'ringing');
  const absent = (conversation?.members ?? []).map((member) => member.person).filter((person) => ['gone', undefined].includes(partyOf(call, person.user_id)?.state));
  const clinician = session.phase === 'signed_in' && (session.role === 'doctor' || session.role === 'nurse');
  return (
    <>
      <SidePanel title={t('calls.people.title')} onClose={room.close}>
        {waiting.length > 0 && (
          <section className={classes.waiting} aria-label={t('calls.people.waiting')}>
            <h3 className={classes.section}>{t('calls.people.waiting')}</h3>
            {waiting.map((party) => (
              <div key={party.party_id} data-testid="waiter">
                <Person person={party.person} note={t(`role.${party.person.role}`)} />
                {room.isHost && (
                  <div className={classes.waitingButtons}>
                    <Button size="compact-md" onClick={() => { room.run(calls.admit(id, party.party_id)); }}>{t('calls.people.admit')}</Button>
                    <Button size="compact-md" variant="default" onClick={() => { room.run(calls.refuse(id, party.party_id)); }}>{t('calls.people.refuse')}</Button>
                  </div>
                )}
              </div>
            ))}
          </section>
        )}
        <h3 className={classes.section}>{t('calls.people.inCall')}</h3>
        <ul className={classes.people}>
          {seatedParties(call, me).map((party) => (
            <li key={party.party_id} className={classes.person}>
              <Person person={party.person} note={noteOf(party, call, t)} own={party.person.user_id === me} muted={!party.media.audio && call.kind !== 'chat'} />
              {room.isHost && party.person.role === 'guest' && <ActionIcon variant="light" color="red" size={38} aria-label={t('calls.people.takeOut', { name: party.person.name })} onClick={() => { setOut(party); }}><IconUserMinus size={19} /></ActionIcon>}
            </li>
          ))}
          {rung.map((party) => <li key={party.party_id}><Person person={party.person} note={t('calls.tile.ringing')} /></li>)}
        </ul>
        {absent.length > 0 && <h3 className={classes.section}>{t('calls.people.others')}</h3>}
        <ul className={classes.people}>
          {absent.map((person) => (
            <li key={person.user_id} className={classes.person}>
              <Person person={person} note={t(`role.${person.role}`)} />
              <ActionIcon variant="light" size={38} aria-label={t('calls.people.invite', { name: person.name })} onClick={() => { room.run(calls.invite(id, person.user_id)); }}><IconUserPlus size={19} /></ActionIcon>
              {clinician && room.isHost && (person.role === 'doctor' || person.role === 'nurse') && (
                <Menu position="bottom-end" returnFocus>
                  <Menu.Target><ActionIcon variant="default" size={38} aria-label={t('calls.people.transfer', { name: person.name })}><IconArrowForwardUp size={19} className="cw-flip" /></ActionIcon></Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Label>{t('calls.people.transferHint')}</Menu.Label>
                    <Menu.Item onClick={() => { room.run(calls.transfer(id, person.user_id)); }}>{t('calls.people.transfer', { name: person.name })}</Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              )}
            </li>
          ))}
        </ul>
        {room.isHost && clinician && <Button mt="lg" fullWidth variant="light" leftSection={<IconLink size={18} />} onClick={() => { setGuest(true); }}>{t('calls.guest.open')}</Button>}
      </SidePanel>
      {/* Beside the panel, whose Escape would close both. */}
      {out && <TakeOutModal callId={id} party={out} onClose={() => { setOut(null); }} />}
      {guest && <GuestLinkModal callId={id} onClose={() => { setGuest(false); }} />}
    </>
  );
}

function noteOf(party: PartyView, call: CallView, t: TFunction): string {
  const parts = [t(`role.${party.person.role}`)];
  if (party.person.user_id === call.host_id) parts.push(t('calls.people.host'));
  if (party.state === 'away') parts.push(t('calls.tile.away'));
  else if (party.media.held) parts.push(t('calls.tile.held'));
  return parts.join(' · ');
}

function Person({ person, note, own = false, muted = false }: { person: PersonView; note: string; own?: boolean; muted?: boolean }) {
  const { t } = useTranslation();
  return (
    <span className={classes.person} style={{ flex: 1, minInlineSize: 0 }}>
      <PersonAvatar name={person.name} seed={person.user_id} />
      <span className={classes.personText}>
        <span className={classes.personName}><bdi>{person.name || t(`role.${person.role}`)}{own && ` (${t('you')})`}</bdi></span>
        <span className={classes.personMeta}>{note}</span>
      </span>
      {muted && <IconMicrophoneOff size={18} aria-label={t('calls.tile.muted')} />}
    </span>
  );
}
