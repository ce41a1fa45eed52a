"""Scenario and study files of users, read strictly and resolved completely."""
