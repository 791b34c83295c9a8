"""What goes over the wire, as values: JSON, request bodies, refusals, calls, answers, pages of lists.

The lowest layer. It knows no HTTP library, no store and no resource.
"""
