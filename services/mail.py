"""Mail: what it says, in the person's language, and the durable queue it waits in until a mail server took it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
import structlog

from models.documents.outgoing_mail import MailState, OutgoingMail
from models.enums import Language
from models.ids import new_id
from services import state
from services.fields import FieldCipher, SealBrokenError
from services.ports import MailPort

log = structlog.get_logger()

COLLECTION: Final = "outgoing_mail"
KEPT: Final = timedelta(days=1)
LEASE: Final = timedelta(seconds=60)
MOST_ATTEMPTS: Final = 8
FIRST_PAUSE_S: Final = 15
BATCH: Final = 20
SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it is read."""

    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """A letter and what became of it."""

    letter: Letter
    state: MailState
    created_at: datetime


class Mailroom:
    """Puts letters into the queue and brings them to the mail server, at least once each, eight times at most.

    Without a mail server letters stay in the queue for a day, where the development outbox page shows them.
    """

    def __init__(
        self, cipher: FieldCipher, port: MailPort | None, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._cipher = cipher
        self._port = port
        self._clock = clock

    async def enqueue(self, letter: Letter, now: datetime) -> None:
        """Store a letter durably; `deliver` sends it soon."""
        await self._store(letter, now, now + KEPT)

    async def decoy(self, now: datetime) -> None:
        """Store nothing for nobody, at the price of a letter, so that an answer's time does not tell who exists."""
        await self._store(Letter("", "", ""), now, now, MailState.SENT)

    async def deliver(self) -> int:
        """Send what is due, a batch at most; returns how many letters a mail server took. Run by a job."""
        if self._port is None:
            return 0
        sent = 0
        for _ in range(BATCH):
            mail = await self._claim(self._clock())
            if mail is None:
                break
            sent += await self._send(self._port, mail)
        return sent

    async def list_mail(self) -> list[StoredLetter]:
        """The newest letters, for the development outbox page."""
        found = await state.fetch_all(OutgoingMail, {"purge_at": {"$gt": self._clock()}}, SHOWN, [("_id", -1)])
        return [StoredLetter(self._opened(mail), mail.state, mail.created_at) for mail in found]

    async def _store(
        self, letter: Letter, now: datetime, purge_at: datetime, outcome: MailState = MailState.WAITING
    ) -> None:
        key = new_id()
        text = orjson.dumps([letter.to, letter.subject, letter.text]).decode()
        sealed = self._cipher.seal(COLLECTION, key, "sealed", text)
        await state.insert(
            OutgoingMail(id=key, sealed=sealed, state=outcome, due_at=now, created_at=now, purge_at=purge_at)
        )

    def _opened(self, mail: OutgoingMail) -> Letter:
        return Letter(*orjson.loads(self._cipher.open(COLLECTION, mail.id, "sealed", mail.sealed)))

    async def _claim(self, now: datetime) -> OutgoingMail | None:
        """Take the next due letter for the length of a lease; another node takes it over if we die with it."""
        return await state.change(
            OutgoingMail,
            {"state": MailState.WAITING, "due_at": {"$lte": now}, "purge_at": {"$gt": now}},
            {"$set": {"due_at": now + LEASE}, "$inc": {"attempts": 1}},
        )

    async def _send(self, port: MailPort, mail: OutgoingMail) -> bool:
        try:
            letter = self._opened(mail)
            await port.send(letter.to, letter.subject, letter.text)
        except SealBrokenError:
            log.error("mail does not open", mail=mail.id)
            await self._settle(mail, {"state": MailState.FAILED})
            return False
        except Exception as error:  # noqa: BLE001  whatever a mail server does, the letter is tried again
            over = mail.attempts >= MOST_ATTEMPTS
            log.warning("mail not taken", mail=mail.id, attempt=mail.attempts, over=over, error=type(error).__name__)
            pause = timedelta(seconds=FIRST_PAUSE_S * 2 ** (mail.attempts - 1))
            await self._settle(mail, {"state": MailState.FAILED} if over else {"due_at": self._clock() + pause})
            return False
        await self._settle(mail, {"state": MailState.SENT})
        return True

    async def _settle(self, mail: OutgoingMail, values: dict[str, Any]) -> None:
        """Note the outcome, unless the lease ran out meanwhile and somebody else has the letter now."""
        await state.change(OutgoingMail, {"_id": mail.id, "attempts": mail.attempts}, {"$set": values})


_RESET: Final = {
    Language.EN: ("Reset your password", "Hello {name},\n\nopen this link within 30 minutes to choose a new password. "
                  "It works once.\n\n{link}\n\nIf you did not ask for it, ignore this mail: nothing changes.\n"),
    Language.ES: ("Restablece tu contraseña", "Hola, {name}:\n\nabre este enlace en los próximos 30 minutos para "
                  "elegir una contraseña nueva. Funciona una sola vez.\n\n{link}\n\nSi no lo has pedido, ignora este "
                  "correo: no cambia nada.\n"),
    Language.AR: ("إعادة تعيين كلمة المرور", "مرحبًا {name}،\n\nافتح هذا الرابط خلال 30 دقيقة لاختيار كلمة مرور "
                  "جديدة. يعمل الرابط مرة واحدة فقط.\n\n{link}\n\nإذا لم تطلب ذلك فتجاهل هذه الرسالة: لن يتغير شيء.\n"),
}  # fmt: skip
_PASSWORD_CHANGED: Final = {
    Language.EN: ("Your password was changed", "Hello {name},\n\nthe password of your account was changed and every "
                  "other device was signed out. If this was not you, reset the password now.\n"),
    Language.ES: ("Tu contraseña ha cambiado", "Hola, {name}:\n\nla contraseña de tu cuenta ha cambiado y se ha "
                  "cerrado la sesión en los demás dispositivos. Si no has sido tú, restablécela ahora.\n"),
    Language.AR: ("تم تغيير كلمة المرور", "مرحبًا {name}،\n\nتم تغيير كلمة مرور حسابك وتسجيل الخروج من الأجهزة "
                  "الأخرى. إن لم تكن أنت من فعل ذلك فأعد تعيين كلمة المرور الآن.\n"),
}  # fmt: skip
_CONTACT_CHANGED: Final = {
    Language.EN: ("Your e-mail address was changed", "Hello {name},\n\nyour account no longer uses this e-mail "
                  "address. If this was not you, contact your clinic.\n"),
    Language.ES: ("Tu dirección de correo ha cambiado", "Hola, {name}:\n\ntu cuenta ya no usa esta dirección de "
                  "correo. Si no has sido tú, ponte en contacto con tu clínica.\n"),
    Language.AR: ("تم تغيير بريدك الإلكتروني", "مرحبًا {name}،\n\nلم يعد حسابك يستخدم عنوان البريد هذا. إن لم تكن "
                  "أنت من فعل ذلك فتواصل مع عيادتك.\n"),
}  # fmt: skip


def reset_letter(to: str, name: str, language: Language, link: str) -> Letter:
    """The one-time link."""
    subject, text = _RESET[language]
    return Letter(to, subject, text.format(name=name, link=link))


def password_changed_letter(to: str, name: str, language: Language) -> Letter:
    """Notice after a change or reset."""
    subject, text = _PASSWORD_CHANGED[language]
    return Letter(to, subject, text.format(name=name))


def email_changed_letter(to: str, name: str, language: Language) -> Letter:
    """Notice to the address that was replaced."""
    subject, text = _CONTACT_CHANGED[language]
    return Letter(to, subject, text.format(name=name))
