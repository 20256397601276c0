# Addresses and words are what the decoders do all day; the rest grows by less than a kilobyte.
opt-agent/base := -O2

base-y += agent/base/addr.o
base-y += agent/base/budget.o
base-y += agent/base/buf.o
base-y += agent/base/clock.o
base-y += agent/base/err.o
base-y += agent/base/hash.o
base-y += agent/base/ini.o
base-y += agent/base/json.o
base-y += agent/base/key.o
base-y += agent/base/key_cert.o
base-y += agent/base/key_pem.o
base-y += agent/base/key_plain.o
base-y += agent/base/key_seal.o
base-y += agent/base/lru.o
base-y += agent/base/netlink.o
base-y += agent/base/netlink_read.o
base-y += agent/base/netlink_socket.o
base-y += agent/base/require.o
base-y += agent/base/rows.o
base-y += agent/base/str.o
base-y += agent/base/view.o
