"""Work away from the thread that shows things: one runner, whose jobs end as values, never as exceptions."""
