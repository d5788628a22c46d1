"""The clustering that encoders are measured with: shared neighbours and Leiden, no number of clusters given."""

import igraph
import leidenalg
import numpy as np

NEIGHBOURS = 15
RESOLUTION = 4.0
ROWS_AT_ONCE = 2048


def cluster(vectors, seed=0):
    """A cluster number for each of the unit `vectors`."""
    graph = shared_neighbour_graph(nearest_neighbours(vectors, NEIGHBOURS))
    return np.array(
        leidenalg.find_partition(
            graph,
            leidenalg.RBConfigurationVertexPartition,
            weights="weight",
            resolution_parameter=RESOLUTION,
            n_iterations=5,
            seed=seed,
        ).membership
    )


def nearest_neighbours(vectors, count):
    """Indices [texts, count] of the nearest others by cosine, exact."""
    nearest = np.empty((len(vectors), count), np.int64)
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        similarity = vectors[start : start + ROWS_AT_ONCE] @ vectors.T
        rows = np.arange(len(similarity))
        similarity[rows, start + rows] = -np.inf
        nearest[start : start + len(similarity)] = np.argpartition(-similarity, count, axis=1)[:, :count]
    return nearest


def shared_neighbour_graph(nearest):
    """An edge for each pair of which one is the other's neighbour, weighted by the share of neighbours in common.

    Each text counts as its own neighbour, so that no such pair has the weight 0.
    """
    texts, count = nearest.shape
    neighbourhood = [set(row) | {text} for text, row in enumerate(nearest.tolist())]
    edges = sorted({(min(a, b), max(a, b)) for a in range(texts) for b in nearest[a].tolist()})
    common = np.array([len(neighbourhood[a] & neighbourhood[b]) for a, b in edges])
    graph = igraph.Graph(n=texts, edges=edges)
    graph.es["weight"] = common / (count + 1)
    return graph
