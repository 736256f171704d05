.PHONY: demo test check bench fuzz
demo test check bench fuzz:
	@python3 dev.py $@
