"""Results in words: answers, numbers, verdicts, and the commands that give them again."""
