"""Playback of sequences, without Qt: which frames follow each other, what is known of them, the next one."""
