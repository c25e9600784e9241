"""Trains the demo's model, a small convolutional network on scikit-learn's handwritten digits, and writes it here:

  model.mlir         the network as StableHLO, for one batch; weights are arguments
  <name>.npy         one file for each weight
  images.npy, labels.npy, probabilities.npy
                     the test set, and what JAX predicts for it
  model.json         the order of the arguments, and JAX's accuracy

Run it with `pip install jax scikit-learn`, then `python train.py`. Its output is committed: the demo needs no Python.
"""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from sklearn.datasets import load_digits

HERE = Path(__file__).parent
BATCH = 64
TEST = 5 * BATCH
EPOCHS = 30
SHAPES = {
    "conv1_kernel": (3, 3, 1, 16),
    "conv1_bias": (16,),
    "conv2_kernel": (3, 3, 16, 32),
    "conv2_bias": (32,),
    "dense1_kernel": (4 * 4 * 32, 64),
    "dense1_bias": (64,),
    "dense2_kernel": (64, 10),
    "dense2_bias": (10,),
}


def conv(x, kernel, stride):
    return jax.lax.conv_general_dilated(x, kernel, (stride, stride), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))


def logits(images, w):
    x = jax.nn.relu(conv(images, w["conv1_kernel"], 1) + w["conv1_bias"])
    x = jax.nn.relu(conv(x, w["conv2_kernel"], 2) + w["conv2_bias"])
    x = x.reshape(x.shape[0], -1)
    x = jax.nn.relu(x @ w["dense1_kernel"] + w["dense1_bias"])
    return x @ w["dense2_kernel"] + w["dense2_bias"]


def predict(images, *weights):
    return jax.nn.softmax(logits(images, dict(zip(SHAPES, weights))))


def initial(key):
    keys = jax.random.split(key, len(SHAPES))
    he = lambda key, shape: jax.random.normal(key, shape) * np.sqrt(2 / np.prod(shape[:-1]))
    return {name: he(k, shape) if len(shape) > 1 else jnp.zeros(shape) for k, (name, shape) in zip(keys, SHAPES.items())}


@jax.jit
def adam(w, first, second, gradient, step):
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
    move = lambda w, m, v: w - 0.002 * (m / (1 - 0.9**step)) / (jnp.sqrt(v / (1 - 0.999**step)) + 1e-8)
    return jax.tree.map(move, w, first, second), first, second


def dataset(rng):
    """Images f32[n, 8, 8, 1] and their labels, shuffled; the first TEST are for testing."""
    digits = load_digits()
    order = rng.permutation(len(digits.images))
    return (digits.images[order, :, :, None] / 16).astype(np.float32), digits.target[order].astype(np.int32)


def train(w, logits, images, labels, rng, epochs):
    @jax.jit
    def loss_gradient(w, images, labels):
        return jax.grad(lambda w: -jnp.mean(jax.nn.log_softmax(logits(images, w))[jnp.arange(len(labels)), labels]))(w)

    first = second = jax.tree.map(jnp.zeros_like, w)
    step = 0
    for _ in range(epochs):
        order = rng.permutation(len(images))
        for batch in np.split(order[: len(order) // BATCH * BATCH], len(order) // BATCH):
            step += 1
            w, first, second = adam(w, first, second, loss_gradient(w, images[batch], labels[batch]), step)
    return w


def write_model(folder, predict, weights, images, labels, training_images):
    """Writes the program, its weights, what it predicts for the test set `images`, and model.json."""
    arguments = list(weights.values())
    compiled = jax.jit(predict)
    probabilities = np.concatenate([compiled(batch, *arguments) for batch in np.split(images, TEST // BATCH)])
    accuracy = float(np.mean(probabilities.argmax(1) == labels))

    folder.mkdir(exist_ok=True)
    (folder / "model.mlir").write_text(compiled.lower(images[:BATCH], *arguments).as_text())
    for name, value in weights.items():
        np.save(folder / f"{name}.npy", np.asarray(value))
    np.save(folder / "probabilities.npy", probabilities)
    about = {
        "trainedWith": f"jax {jax.__version__}",
        "trainingImages": training_images,
        "testImages": TEST,
        "batch": BATCH,
        "accuracy": accuracy,
        "arguments": ["images", *weights],
    }
    (folder / "model.json").write_text(json.dumps(about, indent=2) + "\n")
    print(f"accuracy on {TEST} test images: {accuracy:.2%}")


def main():
    rng = np.random.default_rng(0)
    images, labels = dataset(rng)
    trained = train(initial(jax.random.key(0)), logits, images[TEST:], labels[TEST:], rng, EPOCHS)
    weights = {name: trained[name] for name in SHAPES}
    write_model(HERE, predict, weights, images[:TEST], labels[:TEST], len(images) - TEST)
    np.save(HERE / "images.npy", images[:TEST])
    np.save(HERE / "labels.npy", labels[:TEST])


if __name__ == "__main__":
    main()
