"""Values → text, JSON and Markdown.

Nothing here computes, decides, prints or writes: every function takes values of the core and gives back text
or plain data. Libraries that are slow to load are imported where they are used.
"""
