// The random family's list: X(family, name of the body, what it holds in registers).
#define CK_RANDOM_KERNELS(X) \
  X(random, words, "16 blocks") \
  X(random, keep_bits, "16 blocks") \
  X(random, uniform, "16 blocks") \
  X(random, normal, "16 blocks") \
  X(random, bernoulli, "16 blocks")
