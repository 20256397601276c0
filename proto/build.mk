proto-y += proto/frame.o
proto-y += proto/order.o
proto-y += proto/order_steps.o
proto-y += proto/token.o
proto-y += proto/verb.o
proto-y += proto/verb_args.o
proto-y += proto/verb_bytes.o
proto-y += proto/wire.o
