"""Sockets, ICE-lite, DTLS-SRTP and SDP: from UDP datagrams to decrypted RTP and back. No asyncio beyond one reader."""
