"""What random OpenQASM 3 programs may hold beyond registers, gates, measurements and resets."""

from enum import Enum, auto


class Feature(Enum):
    """Something that can be left out of random programs."""

    MODIFIERS = auto()
    FRACTIONAL_POWERS = auto()
    GATE_DEFINITIONS = auto()
    ALIASES = auto()
    INDEX_SETS = auto()
    IF = auto()
    FOR = auto()
    WHILE = auto()
    SWITCH = auto()
    LEAVING = auto()
    END = auto()
    VARIABLES = auto()
    ASSIGNED_BITS = auto()
    SUBROUTINES = auto()
    IGNORED = auto()


ALL = frozenset(Feature)
