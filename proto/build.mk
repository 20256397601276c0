proto-y += proto/frame.o
proto-y += proto/order.o
proto-y += proto/token.o
proto-y += proto/wire.o
proto-y += proto/order_verb.o
