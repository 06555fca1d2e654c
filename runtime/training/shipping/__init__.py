"""The pack that ships: a trained model measured, compared, described and written.

``assessment`` measures it against the bars, ``lasting`` how long it stays on its feet,
``comparison`` what else the product could do, ``coverage`` chooses the states that rewards
are inferred from, ``sifting`` leaves out those that mislead the model, ``card`` says it all in words, and ``release`` makes the pack.
"""
