import { createContext, useCallback, useContext, useMemo, useRef, useState, type ReactNode } from 'react';

type Announce = (text: string) => void;

const AnnounceContext = createContext<Announce>(() => undefined);

/** Says things to screen readers politely, one after the other, without moving the focus. */
export function AnnouncerProvider({ children }: { children: ReactNode }) {
  const [text, setText] = useState('');
  const flip = useRef(false);
  const announce = useCallback<Announce>((next) => {
    flip.current = !flip.current;
    // A trailing no-break space makes a repeated sentence a new one, so that it is read again.
    setText(flip.current ? next : `${next}\u00a0`);
  }, []);
  const value = useMemo(() => announce, [announce]);
  return (
    <AnnounceContext.Provider value={value}>
      {children}
      <div className="cw-hidden" role="status" aria-live="polite" data-testid="announcer">{text}</div>
    </AnnounceContext.Provider>
  );
}

export function useAnnounce(): Announce {
  return useContext(AnnounceContext);
}
