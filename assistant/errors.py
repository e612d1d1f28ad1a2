"""Every error raised on purpose.

AssistantError
├── InputError                 something a person gave cannot be used
│   ├── InvalidCode            the text is no code of a known system
│   ├── UnreadableDocument     one file cannot be read; the others are not touched
│   ├── MissingPath            a file or folder does not exist
│   ├── UnknownDocument        the library holds no document of that id
│   └── InvalidSettings        a setting has a value that cannot work
├── LibraryError               the library on disk cannot serve or be changed
│   ├── LibraryBusy            another process is writing to it
│   ├── LibraryDamaged         its database is not a readable library
│   ├── ModelMismatch          it was built with another embedding model
│   └── StorageFull            the disk is full
├── ModelError                 the embedding model is missing, altered or exports unfaithfully
└── ServiceError               the service, or the process that reads its files, cannot start

Each message is one sentence or two for a person: what is wrong, in which file, and what to do. A refusal is no error.
"""


class AssistantError(Exception):
    """Root of the tree."""


class InputError(AssistantError):
    """Something a person gave cannot be used."""


class InvalidCode(InputError):
    """The text is no code of a known system."""


class UnreadableDocument(InputError):
    """One file cannot be read."""


class MissingPath(InputError):
    """A file or folder does not exist."""


class UnknownDocument(InputError):
    """The library holds no document of that id."""


class InvalidSettings(InputError):
    """A setting has a value that cannot work."""


class LibraryError(AssistantError):
    """The library on disk cannot serve or be changed."""


class LibraryBusy(LibraryError):
    """Another process is writing to the library."""


class LibraryDamaged(LibraryError):
    """The library's database is not readable."""


class ModelMismatch(LibraryError):
    """The library was built with another embedding model."""


class StorageFull(LibraryError):
    """The disk is full."""


class ModelError(AssistantError):
    """The embedding model is missing, altered, or exports unfaithfully."""


class ServiceError(AssistantError):
    """The service, or the process that reads its files, cannot start."""


def in_one_line(error: Exception) -> str:
    """The message of another library's error, cut to one short line, to quote in a message of ours."""
    return " ".join(str(error).split())[:160] or type(error).__name__
