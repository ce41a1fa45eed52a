"""What a user writes: scenario and study files, read strictly and resolved completely."""
