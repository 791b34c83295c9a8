"""What goes on after the answer: work, servers, what they write and count."""
