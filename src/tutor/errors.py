"""
What can go wrong, as a tree. Every message is one line that says what to do next.

TutorError                  the root: the terminal prints its message and exits with 1
├── BadInput                the person asked for something that cannot be done as asked
├── SettingsError           tutor.toml or a TUTOR_* variable cannot be used
├── LibraryError            library.db cannot be opened, read or written
│   └── LibraryBusy         another process holds it
├── ModelError              a Writer or Encoder cannot be used
│   ├── ModelMissing        there is no file where one was named
│   ├── ModelUnreadable     the file is not a GGUF that llama.cpp can load
│   ├── ModelTooLarge       it would not fit into this machine's memory
│   └── ModelCrashed        its process crashed, hung, or was ended by the system
└── ReadingError            a page could not be fetched or read (`state` and `reason` for the report)
"""


class TutorError(Exception):
    """Anything the tutor itself reports. The message is one line for a person."""


class BadInput(TutorError):
    """The person's input cannot be used as it is."""


class SettingsError(TutorError):
    """A setting cannot be used."""


class LibraryError(TutorError):
    """library.db cannot be opened, read or written."""


class LibraryBusy(LibraryError):
    """Another process holds library.db."""


class ModelError(TutorError):
    """A Writer or Encoder cannot be used."""


class ModelMissing(ModelError):
    """No file where a model was named."""


class ModelUnreadable(ModelError):
    """The file is not a GGUF that llama.cpp can load."""


class ModelTooLarge(ModelError):
    """The model would not fit into this machine's memory."""


class ModelCrashed(ModelError):
    """The model's process crashed, hung, or was ended by the system."""


class ReadingError(TutorError):
    """
    A page could not be fetched or read.

    `state` is one word of the link-health report (`dead`, `blocked`, `failed`, `skipped`),
    `reason` a short phrase for a person. `reached`: False where no host answered at all, as without a network.
    """

    def __init__(self, state: str, reason: str, *, reached: bool = True) -> None:
        super().__init__(f"{state}: {reason}")
        self.reached = reached
        self.state = state
        self.reason = reason
