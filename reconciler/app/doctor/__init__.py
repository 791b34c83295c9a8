"""doctor: looks at everything that an apply needs, and says what is wrong. Nothing is changed."""
