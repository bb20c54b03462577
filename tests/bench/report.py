Results = dict
def page(results, took_s, command): return f"{took_s:.1f} s"
