"""Support code of several tests."""
