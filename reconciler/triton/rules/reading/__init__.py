"""What rules read of a model beside its fields: its tensors, its files, and what its backend completes.
Nothing is judged here.
"""
