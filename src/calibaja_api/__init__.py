"""Facts about the Cali-Baja mega region, served as JSON."""

__version__ = "0.2.0"
