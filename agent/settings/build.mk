base-y += agent/settings/settings.o
