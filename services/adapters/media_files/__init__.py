"""What photo and video files say of themselves, read without trusting them."""
