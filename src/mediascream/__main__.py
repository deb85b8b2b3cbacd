"""`python -m mediascream` is the same as `mediascream`."""

from mediascream.operate import main

if __name__ == "__main__":
    main()
