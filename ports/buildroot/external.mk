include $(sort $(wildcard $(BR2_EXTERNAL_CALTROP_PATH)/package/*/*.mk))
