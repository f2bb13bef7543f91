"""Facts about the Cali-Baja mega region, served as JSON."""

__version__ = "0.1.0"
