"""Who gets the credit: paths of touches, what models make of them, and channels beside spend."""
