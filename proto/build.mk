proto-y += proto/frame.o
proto-y += proto/order.o
proto-y += proto/token.o
