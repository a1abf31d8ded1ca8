// Black leather tote with two thin straps. VIEW 1 light grey studio, 2 pastel yellow studio.
#include "common.inc"
#declare Leather = texture { pigment { color srgb <0.085, 0.08, 0.08> } normal { crackle 0.12 scale 0.022 } finish { ambient 0 diffuse 0.8 specular 0.28 roughness 0.05 reflection { 0.01, 0.07 } } }
#declare Thread = Matte(srgb <0.55, 0.50, 0.43>)
#declare Gold = Metal(srgb <0.86, 0.74, 0.50>, 0.6)
#declare Inner = Matte(srgb <0.28, 0.2, 0.15>)
// The body tapers: half as deep at the top as at the foot, a little wider. Piping runs along its edges.
#macro Corner(I, J, K) <I*(1.02 + 0.08*J), 0.045 + 1.2*J, K*(0.40 - 0.20*J)> #end
#macro Edge(P, Q) cylinder { P, Q, 0.024 } sphere { P, 0.024 } sphere { Q, 0.024 } #end
#macro Side(P, Q, R, S) triangle { P, Q, R } triangle { P, R, S } #end
#declare Bag = union {
  union {
    #for (K, -1, 1, 2)
      Side(Corner(-1, 0, K), Corner(1, 0, K), Corner(1, 1, K), Corner(-1, 1, K))
      Side(Corner(K, 0, -1), Corner(K, 0, 1), Corner(K, 1, 1), Corner(K, 1, -1))
      Edge(Corner(-1, 0, K), Corner(1, 0, K)) Edge(Corner(-1, 1, K), Corner(1, 1, K))
      Edge(Corner(K, 0, -1), Corner(K, 0, 1)) Edge(Corner(K, 1, -1), Corner(K, 1, 1))
      #for (I, -1, 1, 2) Edge(Corner(I, 0, K), Corner(I, 1, K)) sphere { Corner(I*0.9, 0, K*0.8) - y*0.0, 0.045 } #end
    #end
    Side(Corner(-1, 0, -1), Corner(1, 0, -1), Corner(1, 0, 1), Corner(-1, 0, 1))
    Side(Corner(-1, 0.97, -1), Corner(1, 0.97, -1), Corner(1, 0.97, 1), Corner(-1, 0.97, 1))
    M(Leather)
  }
  #macro Strap(Z, H, Lean)
    union {
      union { Bend(array[9] { <-0.48, 0.85, 0>, <-0.48, 1.05, -0.02>, <-0.47, 1.35, 0>, <-0.38, H - 0.18, 0>, <0, H, 0>, <0.38, H - 0.18, 0>, <0.47, 1.35, 0>, <0.48, 1.05, -0.02>, <0.48, 0.85, 0> }, 0.028, 90) M(Leather) }
      #for (I, -1, 1, 2)
        torus { 0.075, 0.017 rotate x*90 scale <1, 1, 1> translate <I*0.48, 1.05, -0.045> M(Gold) }
        union { Round_Box_Union(<I*0.48 - 0.07, 0.66, -0.035>, <I*0.48 + 0.07, 1.02, 0.02>, 0.015) M(Leather) }
        sphere { <I*0.48, 0.74, -0.035>, 0.028 M(Gold) }
      #end
      rotate x*Lean translate <0, 0.0, Z - 0.005>
    }
  #end
  // leaning with the panel, whose face is at z = -0.40 + y/6
  Strap(-0.40, 2.1, 9.46)
  union { Strap(-0.40, 2.04, 9.46) scale <1, 1, -1> }
  // stitches along the top edge, and a small plate
  union {
    #for (I, -19, 19) cylinder { <I*0.054 - 0.017, 1.2, 0>, <I*0.054 + 0.017, 1.2, 0>, 0.008 M(Thread) } #end
    union { Round_Box_Union(<-0.15, 0.50, -0.02>, <0.15, 0.59, 0.03>, 0.012) M(Gold) }
    rotate x*9.46 translate z*-0.405
  }
}
#if (VIEW = 1)
  Studio(-1, 1.05)
  Sweep(srgb <0.88, 0.88, 0.885>, 7)
  object { Bag rotate y*22 translate x*0.05 }
  Cam(<0, 2.3, -9>, <0, 0.98, 0>, 21.5)
#end
#if (VIEW = 2)
  Studio(1, 1.05)
  Sweep(srgb <0.93, 0.87, 0.70>, 7)
  object { Bag rotate y*-30 }
  Cam(<0, 1.9, -9>, <0, 1.0, 0>, 22)
#end
