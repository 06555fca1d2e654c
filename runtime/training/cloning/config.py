"""Settings of a cloning run, each with what it trades."""

from dataclasses import dataclass, field, replace

from ...policy.config import DiscriminatorConfig, EnsembleConfig, ModelConfig
from ..agents.fb_cpr import FBcprConfig
from ..presets import humanoid_model
from .behaviours import GraphSettings
from .latents import Shares
from .rollout import RolloutSettings


def cloning_model(hidden: int = 512, z_dim: int = 64) -> ModelConfig:
    """The published architecture; critic and discriminator, not learned here, are kept small."""
    model = humanoid_model(hidden, z_dim)
    small = EnsembleConfig(hidden_dim=32)
    archi = replace(
        model.archi,
        f=EnsembleConfig(hidden_dim=256),
        critic=small,
        discriminator=DiscriminatorConfig(hidden_dim=32),
    )
    return replace(model, archi=archi)


@dataclass(frozen=True)
class CloningConfig:
    """A whole run."""

    agent: FBcprConfig = field(
        default_factory=lambda: FBcprConfig(
            model=cloning_model(),
            batch_size=256,
            # B belongs to the cloning first; what F teaches it must not outweigh that.
            learning_rate_b=1e-4,
            orthonormality=1.0,
            implicit_reward=0.0,
        )
    )
    rollouts: RolloutSettings = field(default_factory=RolloutSettings)
    shares: Shares = field(default_factory=Shares)
    graph: GraphSettings = field(default_factory=GraphSettings)
    seed: int = 0
    batch_size: int = 512
    learning_rate: float = 5e-4
    falls_after: int = 4000
    """Updates after which the rate begins to fall: it is divided by sqrt(1 + updates / these)."""
    average: float = 0.998
    """Share of the running mean of policy and B that stays at an update; the mean is in use."""
    backward_share: float = 0.25
    """Of a batch, whose z is made anew with a gradient for B; the others' are looked up."""
    decorrelation: float = 0.05
    """Weight of the squared cosine between B of different frames: without it cloning leaves all
    of them alike, and rewards cannot be told apart."""
    table_every: int = 50
    """Updates after which B of all experts' frames is looked at again."""
    fb_every: int = 16
    """Updates to each of F and B on transitions."""
    performed_share: float = 0.5
    """Of their batch, drawn from the experts themselves: roll-outs are mostly of what is asked for
    most, and where all states are alike, B comes to be alike and the loss of F grows."""
    round_updates: int = 200
    score_rounds: int = 8
    """Rounds after which the experts are followed and some behaviours asked for; 0: never."""
    perturbations: int = 10
    """States beside each frame of a new expert."""
    samples: int = 300_000
    newest: int = 16_000
    newest_share: float = 0.5
    """Of a batch, drawn from the ``newest`` samples: where the present policy comes to."""
    transitions: int = 60_000
    variance_floor: float = 0.01
    """Of the normaliser: numbers that hardly vary among experts must not blow up beside them."""
    checkpoint_minutes: float = 10.0
