"""The stores of MiniStack, with an index of their rows by account.

MiniStack scans the rows of all accounts for those of one; with hundreds of accounts that is most of its time. To be
imported before the services, which make their stores when they are imported.
"""

import collections
import sys

from ministack.core import responses


class Rows(dict):
    """The rows of a store, keyed by (account, …, key), with the keys of each account (and Region) at hand."""

    __slots__ = ("scopes", "made")

    def __init__(self, rows=()):
        super().__init__()
        self.scopes = {}
        self.made = collections.Counter()
        self.update(rows)

    def __setitem__(self, key, value):
        if key not in self:
            self.scopes.setdefault(key[:-1], {})[key] = None
            self.made[key[:-1]] += 1
        super().__setitem__(key, value)

    def __delitem__(self, key):
        super().__delitem__(key)
        del self.scopes[key[:-1]][key]

    def pop(self, key, *default):
        if key in self:
            value = self[key]
            del self[key]
            return value
        if default:
            return default[0]
        raise KeyError(key)

    def popitem(self):
        key = next(reversed(self))
        return key, self.pop(key)

    def setdefault(self, key, default=None):
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, rows=(), **_):
        for key, value in dict(rows).items():
            self[key] = value

    def clear(self):
        super().clear()
        self.scopes.clear()
        self.made.clear()

    def of(self, scope):
        """The keys of one scope, as a list of their own."""
        return list(self.scopes.get(scope, ()))


def indexed(store, scope):
    """Has a class of stores keep its rows with an index; its meaning stays what it was."""

    def begin(self):
        self._data = Rows()

    def from_dict(cls, data):
        found = cls()
        found._data = Rows(data)
        return found

    def mine(self):
        return self._data.of(scope(self))

    store.__init__ = begin
    store.from_dict = classmethod(from_dict)
    store.__len__ = lambda self: len(self._data.scopes.get(scope(self), ()))
    store.__bool__ = lambda self: bool(self._data.scopes.get(scope(self)))
    store.__iter__ = lambda self: iter([key[-1] for key in mine(self)])
    store.keys = lambda self: [key[-1] for key in mine(self)]
    # A row may go while they are read, by a thread: then it is as if it had been deleted before.
    store.values = lambda self: [self._data[key] for key in mine(self) if key in self._data]
    store.items = lambda self: [(key[-1], self._data[key]) for key in mine(self) if key in self._data]


indexed(responses.AccountScopedDict, lambda self: (responses.get_account_id(),))
indexed(responses.AccountRegionScopedDict, lambda self: (responses.get_account_id(), responses.get_region()))
responses.AccountRegionScopedDict.values_scoped = lambda self, account, region: [self._data[key] for key in self._data.of((account, region))]
responses.AccountRegionScopedDict.items_scoped = lambda self, account, region: [(key[-1], self._data[key]) for key in self._data.of((account, region))]

STORES = (responses.AccountScopedDict, responses.AccountRegionScopedDict)


def add(service, name, store):
    """Gives a service one more store. It is kept, put back, counted and reset as the service's own are."""
    reset = service.reset

    def reset_all():
        reset()
        store.clear()

    setattr(service, name, store)
    service.reset = reset_all
    return store


def services():
    """The modules of the services used so far."""
    prefix = "ministack.services."
    return {name[len(prefix):]: module for name, module in list(sys.modules.items()) if name.startswith(prefix) and module}


def stores():
    """Every store once, by service and name."""
    seen = set()
    for service, module in sorted(services().items()):
        for name, value in sorted(vars(module).items()):
            if isinstance(value, STORES) and id(value) not in seen:
                seen.add(id(value))
                yield (service, name), value
