"""Trains the demo's second model, a small transformer on the images of train.py, and writes it to transformer/:

  model.mlir         the network as StableHLO, for one batch; weights are arguments
  <name>.npy         one file for each weight; those of the layers hold one layer after the other
  probabilities.npy  what JAX predicts for the test set of train.py
  model.json         the order of the arguments, and JAX's accuracy

An image is 8 tokens, its rows of 8 pixels. A layer is softmax attention and an MLP with GELU, each behind a layer norm
and added to what it read.

Run it with `pip install jax scikit-learn`, then `python train_transformer.py`.
"""

import jax
import jax.numpy as jnp
import numpy as np
from train import HERE, TEST, dataset, train, write_model

LAYERS, TOKENS, WIDTH, HEADS, HIDDEN = 2, 8, 32, 4, 64
EPOCHS = 40
SHAPES = {
    "embedding": (8, WIDTH),
    "positions": (TOKENS, WIDTH),
    "norm1_scale": (LAYERS, WIDTH),
    "norm1_bias": (LAYERS, WIDTH),
    "qkv_kernel": (LAYERS, WIDTH, 3 * WIDTH),
    "qkv_bias": (LAYERS, 3 * WIDTH),
    "out_kernel": (LAYERS, WIDTH, WIDTH),
    "out_bias": (LAYERS, WIDTH),
    "norm2_scale": (LAYERS, WIDTH),
    "norm2_bias": (LAYERS, WIDTH),
    "up_kernel": (LAYERS, WIDTH, HIDDEN),
    "up_bias": (LAYERS, HIDDEN),
    "down_kernel": (LAYERS, HIDDEN, WIDTH),
    "down_bias": (LAYERS, WIDTH),
    "norm_scale": (WIDTH,),
    "norm_bias": (WIDTH,),
    "head_kernel": (WIDTH, 10),
    "head_bias": (10,),
}


def layer_norm(x, scale, bias):
    centred = x - x.mean(-1, keepdims=True)
    return centred * jax.lax.rsqrt((centred * centred).mean(-1, keepdims=True) + 1e-5) * scale + bias


def attention(x, w, layer):
    """[batch, token, width] → the same; every token looks at every other, in each head."""
    qkv = x @ w["qkv_kernel"][layer] + w["qkv_bias"][layer]
    q, k, v = (part.reshape(*x.shape[:2], HEADS, -1) for part in jnp.split(qkv, 3, axis=-1))
    weights = jax.nn.softmax(jnp.einsum("bihd,bjhd->bhij", q, k) / np.sqrt(WIDTH // HEADS))
    y = jnp.einsum("bhij,bjhd->bihd", weights, v).reshape(x.shape)
    return y @ w["out_kernel"][layer] + w["out_bias"][layer]


def mlp(x, w, layer):
    hidden = jax.nn.gelu(x @ w["up_kernel"][layer] + w["up_bias"][layer])
    return hidden @ w["down_kernel"][layer] + w["down_bias"][layer]


def logits(images, w):
    x = images.reshape(-1, TOKENS, 8) @ w["embedding"] + w["positions"]
    for layer in range(LAYERS):
        x = x + attention(layer_norm(x, w["norm1_scale"][layer], w["norm1_bias"][layer]), w, layer)
        x = x + mlp(layer_norm(x, w["norm2_scale"][layer], w["norm2_bias"][layer]), w, layer)
    x = layer_norm(x, w["norm_scale"], w["norm_bias"]).mean(1)
    return x @ w["head_kernel"] + w["head_bias"]


def predict(images, *weights):
    return jax.nn.softmax(logits(images, dict(zip(SHAPES, weights))))


def initial(key):
    def weight(key, name, shape):
        if name.endswith("bias"):
            return jnp.zeros(shape)
        if name.endswith("scale"):
            return jnp.ones(shape)
        return jax.random.normal(key, shape) / np.sqrt(shape[-2])

    keys = jax.random.split(key, len(SHAPES))
    return {name: weight(k, name, shape) for k, (name, shape) in zip(keys, SHAPES.items())}


def main():
    rng = np.random.default_rng(0)
    images, labels = dataset(rng)
    trained = train(initial(jax.random.key(0)), logits, images[TEST:], labels[TEST:], rng, EPOCHS)
    weights = {name: trained[name] for name in SHAPES}
    write_model(HERE / "transformer", predict, weights, images[:TEST], labels[:TEST], len(images) - TEST)


if __name__ == "__main__":
    main()
