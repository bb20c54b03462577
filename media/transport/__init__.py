"""How a party's media reaches us: one UDP port per process, ICE-lite, DTLS-SRTP, and the SDP that sets them up.

`MediaPort.connect` gives a `Transport` per party: it writes the offer, reads the answer, and hands decrypted packets
to an `RtpInput`. There is no task, thread or descriptor per party.
"""
