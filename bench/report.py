def show(name, by):
    print(name, {k: {a: round(b,2) for a,b in v.items()} for k,v in by.items()}, flush=True)
def write(name, found):
    print(found)
